import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const recent = () => supabase.from('orders').select('id, buyer:customer_id ( name ), tags ( label )')
export const named = () => supabase.from('customers').select('orders!orders_customer_id_fkey ( id )')
export const reviews = () => supabase.from('reviews').select('id, authors!author_id ( name )')

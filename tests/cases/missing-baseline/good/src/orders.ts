import { createClient } from '@supabase/supabase-js'

const db = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const orders = () => db.from('orders').select('id, note')
export const customers = () => db.from('customers').select('id')

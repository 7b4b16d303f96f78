import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const invoices = () => supabase.schema('billing').from('invoices').select('id')

export const own = () => supabase.from('pg_tables').select('id')

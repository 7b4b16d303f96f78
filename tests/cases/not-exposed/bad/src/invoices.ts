import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const invoices = () => supabase.schema('billing').from('invoices').select('id')

export const tables = () => supabase.from('pg_tables').select('tablename')
export const columns = () => supabase.schema('information_schema').from('columns').select('column_name')
export const named = () => supabase.from('information_schema.tables').select('table_name')

import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const baskets = () => supabase.from('baskets').select('id')
export const shelves = () => supabase.from('shelves').select('label')

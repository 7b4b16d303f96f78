import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const add = (net: number) => supabase.from('lines').insert({ id: 7, net })
export const read = () => supabase.from('lines').select('gross').gt('gross', 10)

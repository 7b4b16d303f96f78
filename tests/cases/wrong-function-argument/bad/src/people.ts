import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const find = (text: string) => supabase.rpc('find_people', { query: text, max: 5 })

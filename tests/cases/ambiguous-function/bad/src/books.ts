import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const find = (text: string) => supabase.rpc('find_books', { query: text })
export const few = (text: string) => supabase.rpc('find_books', { query: text, at_most: 3 })
export const price = (id: string) => supabase.rpc('price', { book: id })

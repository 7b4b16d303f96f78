import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const find = (text: string) => supabase.rpc('find_books', { query: text })
export const price = (id: string) => supabase.rpc('price', { book: id })
export const priceByIsbn = (isbn: string) => supabase.rpc('price', { isbn })
export const all = () => supabase.rpc('count_all')

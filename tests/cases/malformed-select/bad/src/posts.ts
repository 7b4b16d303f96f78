import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const posts = () => supabase.from('posts').select('id, title, authors(name')
export const titles = () => supabase.from('posts').select('id, title)')
export const twice = () => supabase.from('posts').select('id, authors(name), authors!author_id(id)')

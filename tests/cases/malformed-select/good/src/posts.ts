import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

const more = process.env.MORE ?? ''

export const posts = () => supabase.from('posts').select('id, title, author:authors!inner(name)')
export const counted = () => supabase.from('posts').select('author_id, count(), id.max()')
export const open = () => supabase.from('posts').select(`id, title, authors(name${more}`)
export const named = () => supabase.from('posts').select('id, authors(name, posts(id)), writer:authors(id)')
export const either = (full: boolean) =>
  supabase.from('posts').select(full ? 'id, authors(name, id)' : 'id, authors(name)')

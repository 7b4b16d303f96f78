import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.URL!, process.env.ANON_KEY!)

export const search = (words: string) =>
  supabase.from('jobs').select('id').or(`code.ilike.%${words}%,notes.ilike.%${words}%,extra->>title.ilike.%${words}%`)
export const tagged = () => supabase.from('jobs').select('id').contains('tags', ['urgent']).contains('extra', { a: 1 })
export const shared = () => supabase.from('jobs').select('id').overlaps('tags', ['urgent'])
export const newest = () => supabase.from('jobs').select('id').textSearch('notes', 'soon').order('due').eq('raw->>a', '1')
export const dated = () => supabase.from('jobs').select('id').gte('due', '2025-01-01').is('raw', null).eq('kind', 'a')
export const parts = () => supabase.from('jobs').select('id, parts!inner(label)').ilike('parts.label', '1%')

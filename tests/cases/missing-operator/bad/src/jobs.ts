import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.URL!, process.env.ANON_KEY!)

export const search = (words: string) =>
  supabase.from('jobs').select('id').or(`code.ilike.%${words}%,id.ilike.%${words}%,price.ilike.%${words}%`)
export const kinds = () => supabase.from('jobs').select('id').like('kind', 'a%')
export const tagged = () => supabase.from('jobs').select('id').contains('notes', ['urgent'])
export const shared = () => supabase.from('jobs').select('id').overlaps('extra', ['urgent'])
export const newest = () => supabase.from('jobs').select('id').textSearch('due', '2025').order('raw')
export const parts = () => supabase.from('jobs').select('id, parts!inner(id)').ilike('parts.id', '1%')

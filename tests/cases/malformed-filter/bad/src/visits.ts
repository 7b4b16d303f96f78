import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.URL!, process.env.ANON_KEY!)

export const search = (words: string) =>
  supabase.from('visits').select('id, people(full_name)').or(`people.full_name.ilike.%${words}%,note.ilike.%${words}%`)
export const sorted = () => supabase.from('visits').select('id, people(full_name)').order('people.full_name')
export const newest = () => supabase.from('visits').select('id').order('at.desc')
export const some = () => supabase.from('visits').select('id').or('id.in.1,id.eq.2')
export const open = () => supabase.from('visits').select('id').or('note.is.empty,at.is.null')
export const empty = () => supabase.from('visits').select('id').is('note', 'empty').not('at', 'is', 'soon')

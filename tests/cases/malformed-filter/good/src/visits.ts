import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.URL!, process.env.ANON_KEY!)

export const search = (words: string, column: string, list: string) =>
  supabase.from('visits').select('id, people!inner(full_name)').or(`full_name.ilike.%${words}%`, { referencedTable: 'people' })
    .or(`${column}.ilike.%a%,note.${list}.x,id.in.${list}`)
export const sorted = () => supabase.from('visits').select('id, people(full_name)').order('people(full_name)')
export const newest = () => supabase.from('visits').select('id').order('at.desc.nullslast, id', { ascending: false })
export const some = () => supabase.from('visits').select('id').or('id.in.(1,2),and(at.gt.now,not.or(note.eq."a.b",id.is.null))')
export const open = () => supabase.from('visits').select('id').or('note.not.is.NULL,note.like(any).{a*},note.fts(english).x')
export const later = () => supabase.from('visits').select('id').or('at.is.null,at.gt.now()')
export const other = () => supabase.from('visits').select('id').eq('people.full_name', 'a').order('at')
export const none = (v: string) => supabase.from('visits').select('id').is('note', null).not('at', 'is', 'NULL').is('note', v)

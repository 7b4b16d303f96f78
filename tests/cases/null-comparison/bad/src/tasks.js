import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.URL, process.env.ANON_KEY)

export const open = () => supabase.from('tasks').select('id').eq('done_at', null)
export const ranked = () => supabase.from('tasks').select('id').neq('rank', null).match({ kind: null })
export const plain = () => supabase.from('tasks').select('id').eq('note', null)
export const tagged = () => supabase.from('tasks').select('id').not('tags', 'eq', null)

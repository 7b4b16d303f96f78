import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const finished = () => supabase.from('jobs').select('id').eq('status', 'finished')
export const urge = (id: number) => supabase.from('jobs').update({ priority: 'high', note: 'any' }).eq('id', id)
export const byStatus = (status?: string) => supabase.from('jobs').select('id').eq('status', status ?? 'all')
export const wanted = () => supabase.from('jobs').select('id').in('priority', ['high', 'urgent']).neq('priority', 'never')
export const old = () => supabase.from('jobs').select('id').eq('origin', 'fax')
export const either = () => supabase.from('jobs').select('id').or('priority.eq.high,priority.eq.urgent')
export const all_but = () => supabase.from('jobs').select('id').not('priority', 'eq', 'never')
export const neither = () => supabase.from('jobs').select('id').or('not.and(priority.eq.never,note.is.null)')

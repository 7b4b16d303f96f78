import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const ofKind = (kind: string) => supabase.from('events').select('id').eq('kind', kind).eq('source', 'web')
export const one = (id: number) => supabase.from('events').select('source').eq('source', 'web').eq('id', id)
export const open = () => supabase.from('jobs').select('id').eq('status', 'open').order('due')

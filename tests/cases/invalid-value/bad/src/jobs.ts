import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const finished = () => supabase.from('jobs').select('id').eq('status', 'finished')
export const urge = (id: number) => supabase.from('jobs').update({ priority: 'urgent' }).eq('id', id)
export const urgent = () => supabase.from('jobs').select('id').in('priority', ['urgent', 'now'])
export const never = () => supabase.from('jobs').select('id').eq('priority', 'never')
export const close = (id: number, now: boolean) =>
  supabase.from('jobs').update({ status: now ? 'ended' : 'done' }).eq('id', id)
export const watch = () =>
  supabase
    .channel('jobs')
    .on('postgres_changes', { event: '*', schema: 'public', table: 'jobs', filter: 'status=eq.dead' }, () => {})
    .subscribe()

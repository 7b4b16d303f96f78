import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.URL, process.env.ANON_KEY)

export const open = () => supabase.from('tasks').select('id').is('done_at', null).not('rank', 'is', null)
export const plain = () => supabase.from('tasks').select('id').neq('note', null).eq('extra', null).eq('extra->>a', null)
export const either = () => supabase.from('tasks').select('id').or('done_at.is.null,rank.gt.1').filter('kind', 'is', null)
export function since(day = null) {
  let query = supabase.from('tasks').select('id')
  if (day) query = query.eq('done_at', day)
  return query
}

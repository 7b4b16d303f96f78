import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const watch = (closed: (id: number) => void, left: (room: string) => void) =>
  supabase
    .channel('chat')
    .on('postgres_changes', { event: 'UPDATE', schema: 'public', table: 'rooms' }, (payload) => {
      if (payload.new.status === 'closed' && payload.old.status !== 'closed') closed(payload.old.id)
    })
    .on('postgres_changes', { event: 'DELETE', schema: 'public', table: 'members' }, ({ old }) => {
      left(String(old.id))
    })
    .subscribe()

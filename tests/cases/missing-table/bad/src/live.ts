import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const watch = (seen: () => void) =>
  supabase.channel('live').on('postgres_changes', { event: '*', schema: 'public', table: 'arrivals' }, seen).subscribe()

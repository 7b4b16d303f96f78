import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const put = (id: number, room: string, number: number) =>
  supabase.from('seats').upsert({ id, room, number }, { onConflict: 'room,number' })
export const replace = (id: number, room: string, number: number) => supabase.from('seats').upsert({ id, room, number })

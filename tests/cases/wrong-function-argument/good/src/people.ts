import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const find = (text: string) => supabase.rpc('find_people', { query: text })
export const few = (text: string, more: object) => supabase.rpc('find_people', { at_most: 5, ...more })
export const either = (text: string, all: boolean) =>
  supabase.rpc(all ? 'everyone' : 'find_people', all ? { reason: text } : { query: text })

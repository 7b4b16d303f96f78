import { createServerClient } from '@supabase/ssr'
const db = createServerClient('https://a.example', 'key', { cookies: {} })
export const remove = (id: string) => db.from('notes').delete().eq('id', id)

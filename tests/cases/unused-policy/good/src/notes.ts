import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const notes = () => db.from('notes').delete().eq('id', '1')

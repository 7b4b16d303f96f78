import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const profiles = () => db.from('profiles').select('id, name, phone')

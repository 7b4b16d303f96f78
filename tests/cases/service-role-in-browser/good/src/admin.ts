import { createClient } from '@supabase/supabase-js'

// never NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY
export const admin = createClient(process.env.NEXT_PUBLIC_SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!)
export const people = () => admin.from('people').select('id')

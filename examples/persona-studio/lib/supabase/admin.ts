import 'server-only'

import { createClient } from '@supabase/supabase-js'

/** The client of the background worker: it acts for no user and passes row security. */
export const admin = createClient(process.env.NEXT_PUBLIC_SUPABASE_URL!, process.env.SUPABASE_SECRET_KEY!, {
  auth: { persistSession: false, autoRefreshToken: false },
})

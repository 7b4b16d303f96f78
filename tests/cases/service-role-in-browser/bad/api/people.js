import { createClient } from '@supabase/supabase-js'

const admin = createClient(process.env.SUPABASE_URL, process.env.VITE_SERVICE_ROLE_KEY)

export default async (request, response) => response.json(await admin.from('people').select('id'))

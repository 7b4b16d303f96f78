import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const upload = (file: File) => supabase.storage.from('receipts').upload('a.pdf', file)

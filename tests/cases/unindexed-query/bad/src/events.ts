import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const ofKind = (kind: string) => supabase.from('events').select('id').eq('kind', kind)

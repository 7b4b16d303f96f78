import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const letters = () =>
  supabase.from('letters').select('id, from:people!sender_id ( name ), to:people!letters_receiver_id_fkey ( name )')

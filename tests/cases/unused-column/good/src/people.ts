import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const people = async () => {
  const { data } = await supabase.from('people').select('*')
  return data!.map((person) => [person.nickname, person.left_handed])
}

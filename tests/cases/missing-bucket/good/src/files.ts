import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const upload = (file: File) => supabase.storage.from('receipts').upload('a.pdf', file)

export async function tryOut() {
  const trial = 'trial'
  const { data: held } = await supabase.storage.listBuckets()
  if (!held?.some((one) => one.name === trial)) await supabase.storage.createBucket(trial, { public: false })
  return supabase.storage.from(trial).upload('a.txt', 'a')
}

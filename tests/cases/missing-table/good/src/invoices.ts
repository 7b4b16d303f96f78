import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export async function listInvoices() {
  const { data } = await supabase
    .from('invoices')
    .select('*')
  await supabase.storage.from('receipts').list()
  const copies = Array.from('drafts')
  // supabase.from('comments').select('*')
  return { data, copies, hint: "supabase.from('strings')" }
}
export const swipes = () => supabase.from('swipes').select('id')

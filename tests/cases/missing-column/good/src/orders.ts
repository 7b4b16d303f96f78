import { createClient } from '@supabase/supabase-js'

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!)

export const recent = (wanted: string) =>
  supabase
    .from('orders')
    .select('id, label, customers ( full:name, details->vat_number ), total:customers(count)')
    .eq('customers.name', wanted)
    .order('placed_at')

export const placed = () =>
  supabase.from('orders').select('id, who:customers!inner ( regions ( name ) )').filter('who.regions', 'not.is', null)

export const sorted = (order = '-placed_at') => {
  const down = order.startsWith('-')
  const column = down ? order.slice(1) : order
  return supabase.from('orders').select('id').order(column, { ascending: !down })
}

export const unowned = (list: string) => supabase.from('orders').select(list).is('customers', null)

import { redirect } from 'next/navigation'

import { CampaignForm } from '@/components/campaign-form'
import { createClient } from '@/lib/supabase/server'

export default async function NewCampaignPage() {
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) redirect('/login')

  const { data: personas } = await supabase
    .from('personas')
    .select('id, display_name')
    .eq('user_id', user.id)
    .eq('status', 'active')
    .order('display_name')

  return (
    <main>
      <h1>New campaign</h1>
      <CampaignForm personas={personas ?? []} />
    </main>
  )
}

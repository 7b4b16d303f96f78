import { redirect } from 'next/navigation'

import { createClient } from '@/lib/supabase/server'

export default async function DashboardPage() {
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) redirect('/login')

  const [personas, campaigns, jobs] = await Promise.all([
    supabase.from('personas').select('id, display_name').eq('user_id', user.id).eq('status', 'active'),
    supabase.from('campaigns').select('id, name, persona_id').eq('user_id', user.id).eq('status', 'active'),
    supabase.from('campaign_generation_jobs').select('id, status, error').eq('user_id', user.id).eq('status', 'running'),
  ])

  const nameOf = new Map((personas.data ?? []).map((persona) => [persona.id, persona.display_name]))

  return (
    <main>
      <h1>Today</h1>
      <ul>
        {(campaigns.data ?? []).map((campaign) => (
          <li key={campaign.id}>
            {campaign.name} by {nameOf.get(campaign.persona_id)}
          </li>
        ))}
      </ul>
      <p>{jobs.data?.length ?? 0} drafts are being written.</p>
    </main>
  )
}

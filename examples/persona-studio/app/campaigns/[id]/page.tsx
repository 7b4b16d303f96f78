import { notFound } from 'next/navigation'

import { getPersona } from '@/lib/personas/queries'
import { createClient } from '@/lib/supabase/server'

type Props = {
  params: Promise<{ id: string }>
}

export default async function CampaignPage({ params }: Props) {
  const { id } = await params
  const supabase = await createClient()

  const { data: campaign } = await supabase
    .from('campaigns')
    .select('id, name, goal, status, persona_id')
    .eq('id', id)
    .maybeSingle()
  if (!campaign) notFound()

  const { data: posts } = await supabase
    .from('campaign_posts')
    .select('id, body, status, scheduled_for, persona_social_accounts(handle)')
    .eq('campaign_id', campaign.id)
    .order('scheduled_for')

  const persona = await getPersona(supabase, campaign.persona_id)

  return (
    <main>
      <h1>{campaign.name}</h1>
      <p>
        {persona?.display_name}: {campaign.goal}
      </p>
      <ol>
        {(posts ?? []).map((post) => (
          <li key={post.id}>
            {post.body} ({post.status})
          </li>
        ))}
      </ol>
    </main>
  )
}

import Link from 'next/link'
import { notFound } from 'next/navigation'

import { initials } from '@/lib/personas/initials'
import { createClient } from '@/lib/supabase/server'

type Props = {
  params: Promise<{ id: string }>
}

export default async function AgentPage({ params }: Props) {
  const { id } = await params
  const supabase = await createClient()

  const { data: persona } = await supabase
    .from('personas')
    .select('id, display_name, bio, tone, avatar_path, status')
    .eq('id', id)
    .maybeSingle()

  if (!persona) notFound()

  const { data: campaigns } = await supabase
    .from('campaigns')
    .select('id, name, status, starts_on, ends_on')
    .eq('persona_id', persona.id)
    .order('created_at', { ascending: false })

  const portrait = persona.avatar_path
    ? supabase.storage.from('persona-avatars').getPublicUrl(persona.avatar_path).data.publicUrl
    : null

  return (
    <main>
      {portrait ? <img src={portrait} alt="" width={96} height={96} /> : <span>{initials(persona.display_name)}</span>}
      <h1>{persona.display_name}</h1>
      <p>{persona.bio}</p>
      <Link href={`/agents/${persona.id}/channels`}>Channels</Link>
      <ul>
        {(campaigns ?? []).map((campaign) => (
          <li key={campaign.id}>
            <Link href={`/campaigns/${campaign.id}`}>{campaign.name}</Link> ({campaign.status})
          </li>
        ))}
      </ul>
    </main>
  )
}

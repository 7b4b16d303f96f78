import { notFound, redirect } from 'next/navigation'

import { ChannelCard } from '@/components/channel-card'
import { createClient } from '@/lib/supabase/server'

import { connectChannel, disconnectChannel } from './actions'

type Props = {
  params: Promise<{ id: string }>
}

export const metadata = {
  title: 'Channels',
}

export default async function ChannelsPage({ params }: Props) {
  const { id } = await params
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()

  if (!user) redirect('/login')

  // Row security would hide a foreign agent too; asking for the owner says what is meant.
  const { data: agent } = await supabase
    .from('agents')
    .select('id, display_name, status')
    .eq('id', id)
    .eq('user_id', user.id)
    .maybeSingle()

  if (!agent) notFound()

  if (agent.status === 'archived') {
    return (
      <main>
        <p>{agent.display_name} is archived. Restore it to connect channels.</p>
      </main>
    )
  }

  const { data: channels } = await supabase
    .from('channels')
    .select('id, slug, name, icon_url')
    .eq('is_enabled', true)
    .order('name')

  // What was connected before and is revoked now is offered again, so it is
  // left out here.
  // A channel without an account shows a button to connect it, one with an
  // account shows its handle and since when it is connected.
  const { data: connected } = await supabase
    .from('agent_channels')
    .select('id, channel_id, handle, status, connected_at')
    .eq('agent_id', agent.id)
    .neq('status', 'revoked')

  const byChannel = new Map((connected ?? []).map((account) => [account.channel_id, account]))

  return (
    <main>
      <h1>Channels of {agent.display_name}</h1>
      <ul>
        {(channels ?? []).map((channel) => (
          <ChannelCard
            key={channel.id}
            agentId={agent.id}
            channel={channel}
            account={byChannel.get(channel.id)}
            onConnect={connectChannel}
            onDisconnect={disconnectChannel}
          />
        ))}
      </ul>
    </main>
  )
}

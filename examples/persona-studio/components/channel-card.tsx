'use client'

import { useState, useTransition } from 'react'

type Outcome = { error: string | null }

type Props = {
  agentId: string
  channel: { id: string; slug: string; name: string; icon_url: string | null }
  account?: { id: string; handle: string; status: string; connected_at: string }
  onConnect: (agentId: string, input: unknown) => Promise<Outcome>
  onDisconnect: (agentId: string, agentChannelId: string) => Promise<Outcome>
}

export function ChannelCard({ agentId, channel, account, onConnect, onDisconnect }: Props) {
  const [handle, setHandle] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [pending, start] = useTransition()

  const connect = () =>
    start(async () => {
      const outcome = await onConnect(agentId, { channelId: channel.id, externalAccountId: handle, handle })
      setError(outcome.error)
    })

  const disconnect = () =>
    start(async () => {
      if (!account) return
      const outcome = await onDisconnect(agentId, account.id)
      setError(outcome.error)
    })

  return (
    <li>
      {channel.icon_url ? <img src={channel.icon_url} alt="" width={24} height={24} /> : null}
      <h2>{channel.name}</h2>
      {account ? (
        <>
          <p>
            {account.handle}, since {new Date(account.connected_at).toLocaleDateString()}
          </p>
          <button disabled={pending} onClick={disconnect}>
            Disconnect
          </button>
        </>
      ) : (
        <>
          <input value={handle} onChange={(event) => setHandle(event.target.value)} placeholder="Handle" />
          <button disabled={pending} onClick={connect}>
            Connect
          </button>
        </>
      )}
      {error ? <p role="alert">{error}</p> : null}
    </li>
  )
}

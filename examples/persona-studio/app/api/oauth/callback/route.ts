import { NextResponse } from 'next/server'

import { exchangeCode } from '@/lib/oauth'
import { createClient } from '@/lib/supabase/server'

export async function GET(request: Request) {
  const { searchParams, origin } = new URL(request.url)
  const state = searchParams.get('state') ?? ''
  const code = searchParams.get('code') ?? ''

  const supabase = await createClient()
  const { data: pending } = await supabase
    .from('oauth_states')
    .update({ consumed_at: new Date().toISOString() })
    .eq('state', state)
    .is('consumed_at', null)
    .select('session_id')
    .maybeSingle()
  if (!pending) return NextResponse.redirect(`${origin}/agents?error=state`)

  const { data: session } = await supabase
    .from('social_oauth_sessions')
    .select('id, user_id, persona_id, platform_id, code_verifier, redirect_to')
    .eq('id', pending.session_id)
    .single()
  if (!session) return NextResponse.redirect(`${origin}/agents?error=session`)

  const { data: persona } = await supabase
    .from('personas')
    .select('id, status')
    .eq('id', session.persona_id)
    .single()
  if (persona?.status !== 'active') return NextResponse.redirect(`${origin}/agents?error=archived`)

  const account = await exchangeCode(code, session.code_verifier)
  const { error } = await supabase.from('persona_social_accounts').upsert(
    {
      user_id: session.user_id,
      persona_id: session.persona_id,
      platform_id: session.platform_id,
      external_account_id: account.id,
      handle: account.handle,
      status: 'active',
      token_expires_at: account.expiresAt,
    },
    { onConflict: 'persona_id,platform_id,external_account_id' },
  )
  if (error) return NextResponse.redirect(`${origin}/agents?error=account`)

  await supabase.from('social_oauth_sessions').delete().eq('id', session.id)
  return NextResponse.redirect(new URL(session.redirect_to ?? '/agents', origin))
}

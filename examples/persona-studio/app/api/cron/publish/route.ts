import { NextResponse } from 'next/server'

import { publish } from '@/lib/publish'
import { admin } from '@/lib/supabase/admin'

export async function POST(request: Request) {
  if (request.headers.get('authorization') !== `Bearer ${process.env.CRON_SECRET}`) {
    return NextResponse.json({ error: 'Not allowed' }, { status: 401 })
  }

  const now = new Date().toISOString()
  const { data: due, error } = await admin
    .from('campaign_posts')
    .select('id, body, media_paths, persona_social_account_id, campaign_id')
    .eq('status', 'scheduled')
    .lte('scheduled_for', now)
    .order('scheduled_for')
    .limit(20)
  if (error) return NextResponse.json({ error: error.message }, { status: 500 })

  for (const post of due) {
    const { data: campaign } = await admin.from('campaigns').select('persona_id').eq('id', post.campaign_id).single()
    if (!campaign) continue

    const { data: persona } = await admin.from('personas').select('status').eq('id', campaign.persona_id).single()
    if (persona?.status !== 'active') continue

    const externalPostId = await publish(post.persona_social_account_id, post.body, post.media_paths)
    await admin
      .from('campaign_posts')
      .update({ status: 'published', published_at: now, external_post_id: externalPostId })
      .eq('id', post.id)
  }
  return NextResponse.json({ published: due.length })
}

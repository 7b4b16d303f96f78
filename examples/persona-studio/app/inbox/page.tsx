import { createClient } from '@/lib/supabase/server'

export default async function InboxPage() {
  const supabase = await createClient()
  const { data: items } = await supabase
    .from('engagement_items')
    .select('id, kind, author_handle, body, received_at, campaign_post_id')
    .is('handled_at', null)
    .order('received_at', { ascending: false })
    .limit(50)

  return (
    <main>
      <h1>Inbox</h1>
      <ul>
        {(items ?? []).map((item) => (
          <li key={item.id}>
            {item.author_handle}: {item.body} ({item.kind})
          </li>
        ))}
      </ul>
    </main>
  )
}

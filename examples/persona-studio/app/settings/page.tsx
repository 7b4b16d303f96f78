import { redirect } from 'next/navigation'

import { PersonaSwitcher } from '@/components/persona-switcher'
import { createClient } from '@/lib/supabase/server'

export default async function SettingsPage() {
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) redirect('/login')

  const { data: profile } = await supabase
    .from('profiles')
    .select('id, email, full_name, avatar_url, plan')
    .eq('id', user.id)
    .single()

  const { data: accounts } = await supabase
    .from('persona_social_accounts')
    .select('id, handle, status, social_platforms(name, icon_url)')
    .eq('user_id', user.id)
    .order('connected_at')

  return (
    <main>
      <h1>{profile?.full_name ?? profile?.email}</h1>
      <PersonaSwitcher />
      <ul>
        {(accounts ?? []).map((account) => (
          <li key={account.id}>
            {account.handle} ({account.status})
          </li>
        ))}
      </ul>
    </main>
  )
}

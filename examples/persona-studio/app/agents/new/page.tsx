import { createAgent } from './actions'

export default function NewAgentPage() {
  async function submit(formData: FormData) {
    'use server'
    await createAgent(formData)
  }

  return (
    <main>
      <h1>New persona</h1>
      <form action={submit}>
        <input name="displayName" required maxLength={80} />
        <textarea name="bio" maxLength={2000} />
        <select name="tone" defaultValue="friendly">
          <option value="friendly">Friendly</option>
          <option value="expert">Expert</option>
          <option value="playful">Playful</option>
          <option value="formal">Formal</option>
        </select>
        <button type="submit">Create</button>
      </form>
    </main>
  )
}

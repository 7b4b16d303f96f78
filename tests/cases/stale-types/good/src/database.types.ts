export type Database = {
  public: {
    Tables: {
      people: {
        Row: {
          id: number
          name: string
          initials: string | null
        }
        Insert: {
          id: number
          name: string
        }
        Update: {
          id?: number
          name?: string
        }
        Relationships: []
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      initials: { Args: { "": unknown }; Returns: string }
    }
    Enums: {
      [_ in never]: never
    }
  }
}

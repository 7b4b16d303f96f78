export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  public: {
    Tables: {
      people: {
        Row: {
          id: number
          name: string
          nickname: string | null
        }
        Insert: {
          id: number
          name: string
          nickname?: string | null
        }
        Update: {
          id?: number
          name?: string
          nickname?: string | null
        }
        Relationships: []
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      [_ in never]: never
    }
    Enums: {
      [_ in never]: never
    }
  }
}

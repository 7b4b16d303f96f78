create table contacts (id uuid primary key, phone uuid references auth.users (id));

//! The page and the API: one router, served on TCP and on the unix socket.

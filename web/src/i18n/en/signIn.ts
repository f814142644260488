export const signIn = {
  title: 'Sign in to SeaX',
  lead: 'One inbox for every channel your customers use.',
  email: 'Email',
  password: 'Password',
  submit: 'Sign in',
  wrong: 'Email or password is not right.',
  language: 'Language',
}

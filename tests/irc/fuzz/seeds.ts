/** Orders of lines that were found to matter: played first, whatever the time. Each after a greeting with everything on offer. */
export const seeds: readonly { name: string; lines: readonly string[] }[] = [
  {
    name: 'a history in an answer in a history',
    lines: [
      '@label=s1 BATCH +b1 labeled-response',
      '@batch=b1 BATCH +b2 chathistory #room',
      '@batch=b2 BATCH +b3 draft/multiline #room',
      '@batch=b3 :me!u@h NICK other',
      'BATCH -b1',
      '@batch=b3 :me!u@h PART #room',
      'BATCH -b3',
      'BATCH -b2',
    ],
  },
  {
    name: 'ourselves are kicked, renamed and killed at once',
    lines: [
      ':ann!a@h KICK #room me :out',
      ':me!u@h NICK me2',
      ':me2!u@h PART #room',
      ':me2!u@h QUIT :gone',
      ':me2!u@h JOIN #room',
      ':ann KILL me2 :why',
    ],
  },
  {
    name: 'the mapping changes under full channels',
    lines: [
      ':A[b]!x@y JOIN #room',
      ':a{B}!x@y JOIN #room',
      ':irc.test 005 me CASEMAPPING=ascii :are supported',
      ':A{b}!x@y JOIN #room',
      ':irc.test 005 me CASEMAPPING=rfc1459 :are supported',
      ':a{b}!x@y QUIT',
    ],
  },
  {
    name: 'a rename onto a channel that is there',
    lines: [
      ':me!u@h JOIN #other',
      ':irc.test RENAME #room #other :merged',
      ':irc.test RENAME #other #other',
      ':irc.test RENAME #gone #new :x',
      ':irc.test 366 me #room :End',
    ],
  },
  {
    name: 'everything is taken back',
    lines: [
      'CAP me DEL :batch message-tags labeled-response server-time sasl echo-message',
      '@batch=b1 PRIVMSG #room :x',
      'CAP me NEW :batch sasl=PLAIN',
      'CAP me ACK :batch sasl',
      'AUTHENTICATE +',
      ':irc.test 903 me :ok',
    ],
  },
  {
    name: 'prefixes vanish while users have them',
    lines: [
      ':irc.test 005 me PREFIX= :are supported',
      ':ann!a@h MODE #room -o ann',
      ':irc.test 353 me = #room :@ann +bob',
      ':irc.test 005 me -PREFIX :are supported',
      ':irc.test 366 me #room :End',
    ],
  },
  {
    name: 'nobody is anybody',
    lines: [
      ': PRIVMSG #room :x',
      ':! PRIVMSG #room :x',
      ':@ JOIN #room',
      ':!@ NICK :',
      ':me!u@h NICK :',
      ':me!u@h JOIN :',
      ':ann!a@h NICK me',
    ],
  },
];

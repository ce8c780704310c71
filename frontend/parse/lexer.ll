/* Tokens of Flow (docs/language.md, "Lexical rules"). Reentrant; the state of a run is a LexRun.
   A bad literal is one token (the longest match takes "5mins" whole), reported here, so that the
   parser goes on as if it were good. f-strings: a start condition for their text, a stack of
   levels for the expressions inside. */
%option reentrant noyywrap nodefault nounput noinput never-interactive batch 8bit
%option stack noyy_top_state
%option extra-type="flow::frontend::parse::LexRun*"
%option prefix="flow_yy"
%x FSTRING_TEXT

%top{
#include <stdint.h>
namespace flow::frontend::parse { class LexRun; }
}
%{
#include "frontend/parse/lex_run.h"
#include "frontend/parse/parser.h"

using Tok = flow::frontend::parse::Parser::token;
#define YY_DECL static int Scan(yyscan_t yyscanner)
#define YY_USER_ACTION yyextra->Advance(static_cast<uint32_t>(yyleng));
#define EMIT(kind) yyextra->Emit(kind)
// After an error that ended all f-strings around: their levels are gone, the states follow.
#define LEAVE_FSTRINGS() \
  while (!yyextra->InFString() && yyg->yy_start_stack_ptr > 0) yy_pop_state(yyscanner)
%}

DIGITS [0-9][0-9_]*
UNIT   (ns|us|ms|s|m|h|d|w)
SIZE   (B|[kK]B|KiB|MB|MiB|GB|GiB|TB|TiB)
DATE   @[0-9]+-[0-9]+-[0-9]+
ZONE   ([Zz]|[+-][0-9][0-9]:?[0-9][0-9])
UTF8   [\xC2-\xF4][\x80-\xBF]+
/* Letters of other alphabets, roughly: no no-break space, no typographic signs. */
LETTER ([\xC3-\xDF][\x80-\xBF])|([\xE0\xE1\xE3-\xEF][\x80-\xBF]{2})|([\xF0-\xF4][\x80-\xBF]{3})

%%

[ \t\r\f\v]+             ;
\n                       yyextra->NewLine();
"##"[^\n]*               yyextra->Doc(yytext, yyleng);
"#"[^\n]*                ;
"--"([ \t][^\n]*)?       yyextra->SqlComment(yyleng);
"/*"([^*]|\*+[^*/])*\*+"/" yyextra->BlockComment(yytext, yyleng);

f\"                      { yyextra->OpenFString(); yy_push_state(FSTRING_TEXT, yyscanner); }
<FSTRING_TEXT>\"         { yyextra->CloseFString(); yy_pop_state(yyscanner); }
<FSTRING_TEXT>\{         { yyextra->OpenExpression(); yy_push_state(INITIAL, yyscanner); }
<FSTRING_TEXT>([^\"{\\\n]|\\u\{|\\[^\n]|\{\{)+ EMIT(Tok::T_FSTRING_TEXT);
<FSTRING_TEXT>\\?\n      {
                           yyextra->UnclosedFString(yyleng);
                           yyless(0);
                           yy_pop_state(yyscanner);
                         }
<FSTRING_TEXT>\\         EMIT(Tok::T_FSTRING_TEXT);

"|>"                     {
                           // No expression holds a `|>`: the f-string around it is not closed.
                           yyextra->UnclosedExpressions();
                           LEAVE_FSTRINGS();
                           EMIT(Tok::T_PIPE_ARROW);
                         }
"=>"                     EMIT(Tok::T_FAT_ARROW);
"->"                     EMIT(Tok::T_ARROW);
"??"                     EMIT(Tok::T_COALESCE);
"?."                     EMIT(Tok::T_OPT_DOT);
"=="                     EMIT(Tok::T_EQ);
"==="                    yyextra->Habit(Tok::T_EQ, "`===` is written `==`", "==");
"!="                     EMIT(Tok::T_NE);
"!=="                    yyextra->Habit(Tok::T_NE, "`!==` is written `!=`", "!=");
"<>"                     yyextra->Habit(Tok::T_NE, "`<>` is written `!=`", "!=");
"<="                     EMIT(Tok::T_LE);
">="                     EMIT(Tok::T_GE);
"<"                      EMIT(Tok::T_LT);
">"                      EMIT(Tok::T_GT);
"=~"                     EMIT(Tok::T_MATCHES);
"!~"                     EMIT(Tok::T_NOT_MATCHES);
"//"                     EMIT(Tok::T_INT_DIV);
"&&"                     yyextra->Habit(Tok::T_AND, "`&&` is written `and`", "and");
"||"                     yyextra->Bars();
"+"                      EMIT(Tok::T_PLUS);
"-"                      EMIT(Tok::T_MINUS);
"*"                      EMIT(Tok::T_STAR);
"/"                      EMIT(Tok::T_SLASH);
"%"                      EMIT(Tok::T_PERCENT);
"="                      EMIT(Tok::T_ASSIGN);
"."                      EMIT(Tok::T_DOT);
","                      EMIT(Tok::T_COMMA);
":"                      EMIT(Tok::T_COLON);
";"                      EMIT(Tok::T_SEMICOLON);
"|"                      EMIT(Tok::T_BAR);
"?"                      EMIT(Tok::T_QUESTION);
"!"                      EMIT(Tok::T_BANG);
"("                      EMIT(Tok::T_LPAREN);
")"                      EMIT(Tok::T_RPAREN);
"["                      EMIT(Tok::T_LBRACKET);
"]"                      EMIT(Tok::T_RBRACKET);
"{"                      { yyextra->OpenBrace(); EMIT(Tok::T_LBRACE); }
"}"                      {
                           if (yyextra->CloseBrace()) {
                             EMIT(Tok::T_RBRACE);
                           } else {
                             EMIT(Tok::T_FSTRING_CLOSE);
                             yy_pop_state(yyscanner);
                           }
                         }

({DIGITS}{UNIT})+        EMIT(Tok::T_DURATION);
{DIGITS}("."[0-9]+)?{SIZE} EMIT(Tok::T_SIZE);
{DIGITS}"."{DIGITS}([eE][+-]?[0-9]+)? EMIT(Tok::T_FLOAT);
{DIGITS}[eE][+-]?[0-9]+  EMIT(Tok::T_FLOAT);
0[xX][0-9a-fA-F_]+       EMIT(Tok::T_INT);
{DIGITS}                 EMIT(Tok::T_INT);
{DIGITS}("."[0-9]+)?[A-Za-z_][A-Za-z0-9_]* yyextra->BadNumber(yytext, yyleng);

{DATE}([Tt][0-9:]+("."[0-9]+)?{ZONE}?)? EMIT(Tok::T_TIME_LIT);
@[A-Za-z0-9_]*           yyextra->BadTime();

"$"[A-Za-z_][A-Za-z0-9_]* EMIT(Tok::T_DOLLAR_ID);

r?\"([^\"\\\n]|\\[^\n])*\" EMIT(Tok::T_STR);
r?'([^'\\\n]|\\[^\n])*'  EMIT(Tok::T_STR);
r?\"([^\"\\\n]|\\[^\n])*\\? { yyextra->UnclosedString(); LEAVE_FSTRINGS(); }
r?'([^'\\\n]|\\[^\n])*\\? { yyextra->UnclosedString(); LEAVE_FSTRINGS(); }
f'([^'\\\n]|\\[^\n])*'?  yyextra->SingleQuotedFString();
`[^`\n]+`                EMIT(Tok::T_QUOTED_ID);
`[^`\n]*                 yyextra->UnclosedName();

[A-Za-z_][A-Za-z0-9_]*   { yyextra->Word(yytext, yyleng); LEAVE_FSTRINGS(); }
([A-Za-z_][A-Za-z0-9_]*)?{LETTER}([A-Za-z0-9_]|{LETTER})* yyextra->ForeignWord();

{UTF8}                   yyextra->Unknown(yytext, yyleng);
.                        yyextra->Unknown(yytext, yyleng);

<INITIAL><<EOF>>         { yyextra->AtEnd(false); return 0; }
<FSTRING_TEXT><<EOF>>    { yyextra->AtEnd(true); return 0; }

%%

namespace flow::frontend::parse {

void LexRun::Run(std::string_view text) {
  yyscan_t scanner;
  if (flow_yylex_init_extra(this, &scanner) != 0) return;
  flow_yy_scan_bytes(text.data(), static_cast<int>(text.size()), scanner);
  Scan(scanner);
  flow_yylex_destroy(scanner);
}

}  // namespace flow::frontend::parse

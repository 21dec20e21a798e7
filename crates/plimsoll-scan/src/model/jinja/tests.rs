use super::*;
use crate::model::look::Limits;

fn verdict(template: &str) -> (Verdict, Vec<String>) {
    let mut look = Look::new(Limits::default());
    judge("chat_template", template, &mut look);
    let report = look.report("");
    (report.verdict, report.findings.into_iter().map(|finding| finding.message).collect())
}

/// Written for this test, with what the templates of the big families of models use.
const ORDINARY: [&str; 8] = [
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}\
     {% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "{{- bos_token }}{%- if messages[0]['role'] == 'system' %}{%- set system = messages[0]['content']|trim %}\
     {%- set messages = messages[1:] %}{%- else %}{%- set system = '' %}{%- endif %}\
     {%- set date = strftime_now('%d %b %Y') if strftime_now is defined else '26 Jul 2024' %}\
     {%- for message in messages %}{%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}\
     {{- '<|start|>' + message['role'] + '<|end|>\n\n' + message['content'] | trim + '<|eot|>' }}\
     {%- elif 'tool_calls' in message %}{%- if not message.tool_calls|length == 1 %}{{- raise_exception('one call only') }}\
     {%- endif %}{%- set tool_call = message.tool_calls[0].function %}{{- tool_call.arguments | tojson }}\
     {%- for name, value in tool_call.arguments | items %}{{- name + '=\"' + value + '\"' }}{%- if not loop.last %}{{ ', ' }}\
     {%- endif %}{%- endfor %}{%- endif %}{%- endfor %}",
    "{%- set ns = namespace(index=0, multi_step_tool=true, last_query=messages|length - 1) %}\
     {%- for message in messages[::-1] %}{%- set index = (messages|length - 1) - loop.index0 %}\
     {%- if ns.multi_step_tool and message.role == 'user' and message.content is string and not (message.content.startswith('<a>') and message.content.endswith('</a>')) %}\
     {%- set ns.multi_step_tool = false %}{%- set ns.last_query = index %}{%- endif %}{%- endfor %}\
     {%- set last = messages[ns.last_query] %}{%- set next = messages[loop.index0 + 1] %}\
     {%- set content = last.content.split('</think>')[-1].lstrip('\\n') %}{{ content }}",
    "{%- macro to_type(spec) -%}{%- set basic = {'string': 'str', 'number': 'float', 'integer': 'int'} -%}\
     {%- if basic[spec.type] is defined -%}{{- basic[spec.type] -}}{%- elif spec.type == 'array' -%}\
     {{- 'list[' + to_type(spec|items) + ']' -}}{%- elif spec.type is iterable -%}{%- set types = [] -%}\
     {%- for one in spec.type -%}{%- do types.append(to_type({'type': one})) -%}{%- endfor -%}{{- types|join(' | ') -}}\
     {%- endif -%}{%- endmacro -%}\
     {%- for tool in tools -%}{%- for name, fields in tool.function.parameters.properties|items -%}\
     {{ name ~ ': ' ~ to_type(fields) }}{%- endfor -%}{{ tool.function.parameters.properties[tool.name] }}{%- endfor -%}",
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}\
     {% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
     {{ raise_exception('roles must alternate') }}{% endif %}{% if (message['role'] == 'assistant') %}\
     {% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}\
     {{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}",
    "{% set users = messages | selectattr('role', 'equalto', 'user') | list %}{{ users | map(attribute='content') | join('\n') }}\
     {% for group in messages | groupby('role') %}{{ group.grouper | title }}{% endfor %}{{ (messages|last).content|default('', true) }}\
     {% generation %}{{ content }}{% endgeneration %}{%- set text %}a{{ b }}{% endset %}{{ text | upper }}",
    "{%- if tools is not none and tools is iterable %}{{ '[TOOLS]' ~ tools|tojson(indent=2) ~ '[/TOOLS]' }}{% endif %}\
     {%- for key in tool.keys() if key not in ['type', 'function'] %}{{ tool[key] }}{% endfor %}\
     {%- for key in ['name', 'description'] %}{{ tool[key]|string|replace('\\u0027', \"'\") }}{% endfor %}",
    "{% raw %}{{ x.__class__ }}{% endraw %}{# {{ x.__class__ }} #} plain __class__ text",
];

#[test]
fn ordinary_templates_are_safe() {
    for template in ORDINARY {
        assert_eq!(verdict(template), (Verdict::Safe, vec![]), "{template}");
    }
}

#[test]
fn ways_to_pythons_machinery_are_unsafe() {
    for template in [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ x['__class__'] }}",
        r"{{ x['\x5f\x5fclass\x5f\x5f'] }}",
        r"{{ x['\137\137class\137\137'] }}",
        r#"{{ x["\u005f\u005fclass__"] }}"#,
        "{{ x['__cl' ~ 'ass__'] }}",
        "{{ x['__cl' 'ass__'] }}",
        "{{ x['__cl' + 'ass__'] }}",
        "{% set a = '__cl' %}{% set b = a ~ 'ass__' %}{{ x[b] }}",
        "{{ x['__ssalc__'[::-1]] }}",
        "{{ x['__ssalc__'|reverse|join] }}",
        "{{ x['%c%cclass%c%c'|format(95, 95, 95, 95)] }}",
        "{{ x['--class--'|replace('-', '_')] }}",
        "{{ x['_'*2 ~ 'class' ~ '_'*2] }}",
        "{{ x[['__cl', 'ass__']|join] }}",
        "{{ x[dict(__class__=1)|list|first] }}",
        "{{ x|attr('__class__') }}",
        "{{ messages|map(attribute='__class__')|list }}",
        "{{ messages|selectattr('__class__')|list }}",
        "{{ messages|groupby('x.__class__') }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{% for k in ['__class__'] %}{{ x[k] }}{% endfor %}",
        "{% set ns = namespace(a='__class__') %}{{ x[ns.a] }}",
        "{% macro m(k) %}{{ x[k] }}{% endmacro %}{{ m('__class__') }}",
        "{% set l = [] %}{% do l.append('__class__') %}{{ x[l[0]] }}",
        "{% set ns = namespace(l=[]) %}{% do ns.l.append('__class__') %}{% for k in ns.l %}{{ x[k] }}{% endfor %}",
        "{% for k, v in {'__class__': 1}.items() %}{{ x[k] }}{% endfor %}",
        "{% for k in {'a': {'__class__': 1}}.a %}{{ x[k] }}{% endfor %}",
        "{% set a, b = '__class__', 1 %}{{ x[a] }}",
        "{{ x[('a', '__class__')|last] }}",
        "{{ x['__class__ a'.split()[0]] }}",
        "{{ x[messages or '__class__'] }}",
        "{{ x[(['--class--']|map('replace', '-', '_')|list)[0]] }}",
        "{% macro m(a, k='y') %}{{ a[k] }}{% endmacro %}{{ m(x, k='__cla' ~ 'ss__') }}",
        "{% for a, b in ['__', 'xx'] %}{{ x[a ~ b ~ 'class' ~ a ~ b] }}{% endfor %}",
        "{% set k %}__class__{% endset %}{{ x[k] }}",
        "{% macro k() %}__class__{% endmacro %}{{ x[k()] }}",
        "{{ messages|join(',', '__class__') }}",
        "{{ messages|sum('__class__') }}",
        "{{ messages|sort(false, false, '__class__') }}",
        "{{ messages|unique(attribute='x.__class__') }}",
        "{{ x.func_globals }}",
        "{{ (x for y).gi_frame }}",
        "{% if x.__class__ %}{% endif %}",
        "{% set x = namespace(__init__=1) %}",
        "{{ os.popen('id') }}",
        "{{ eval('1') }}",
        r"{{ '\N{LOW LINE}' ~ x.__class__ }}",
    ] {
        assert_eq!(verdict(template).0, Verdict::Unsafe, "{template}: {:?}", verdict(template));
    }
}

#[test]
fn what_is_not_known_is_unknown() {
    for template in [
        "{{ lipsum }}",
        "{{ x|attr('a') }}",
        "{{ x[bos_token] }}",
        "{{ x[message.role ~ 'a'] }}",
        "{{ x._private }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{{ '{a.b}'.format(a=x) }}",
        "{{ x|strange }}",
        "{{ x is strange }}",
        "{{ x.strange() }}",
        "{{ strange() }}",
        "{{ (x or y)() }}",
        "{{ f(*x) }}",
        "{{ messages|map(x) }}",
        "{% for a in %}",
        "{{ a b }}",
        "{{ 'a",
    ] {
        assert_eq!(verdict(template).0, Verdict::Unknown, "{template}: {:?}", verdict(template));
    }
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(500), ")".repeat(500));
    assert_eq!(verdict(&deep).0, Verdict::Unknown);
    assert_eq!(verdict(&"{{ a }}".repeat(200_000)).0, Verdict::Unknown);
}

#[test]
fn templates_of_tokenizers_are_found_in_every_form() {
    let read = |text: &str| {
        let mut look = Look::new(Limits::default());
        let json = Json::read(&Content::of_bytes(text.into()), &mut look).unwrap();
        look_at_value("chat_template", json.get("chat_template").unwrap(), &mut look);
        look.report("").verdict
    };
    let bad = "{{ x.__class__ }}";
    assert_eq!(read(&format!(r#"{{"chat_template": "{bad}"}}"#)), Verdict::Unsafe);
    assert_eq!(
        read(&format!(r#"{{"chat_template": [{{"name":"a","template":"{bad}"}}]}}"#)),
        Verdict::Unsafe
    );
    assert_eq!(read(&format!(r#"{{"chat_template": {{"default":"{bad}"}}}}"#)), Verdict::Unsafe);
    assert_eq!(read(r#"{"chat_template": [1]}"#), Verdict::Unknown);
    assert_eq!(read(r#"{"chat_template": "{{ messages }}", "bos_token": "<s>"}"#), Verdict::Safe);
    assert!(
        is_template("a {{ b }}")
            && is_template("{% x %}")
            && !is_template("{{")
            && !is_template("a")
    );
}

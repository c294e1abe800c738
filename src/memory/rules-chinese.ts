import { about, type Finding, type Grammar, type Rule } from './rule.ts';

/** Refers to something at hand, or is too short to say anything. */
const POINTING =
  /^(?:这|那|它|他|她|你|您|一样|上面|前者|后者|第[一二三四]|刚才|现在)|^.{0,1}$|(?:这个|那个|这样|那样)[。!]?$/;
const TROUBLE = /报错|失败|崩溃|出错|错误|卡住|异常|不行/;
const UNKNOWN = /未知|不明|还在|尚未|不清楚|没找到|怎么|什么/;
const JUDGED = /^(?:很|太|非常|不|有点|坏|怎么|什么|谁|哪|在哪|好了|错|对的)/;

const ROLE =
  /(?:工程师|程序员|开发者|设计师|老师|教师|医生|护士|律师|学生|研究生|博士生?|经理|作家|会计|记者|摄影师|素食者|素食主义者|创业者|自由职业者|分析师|科学家|研究员|翻译|司机|厨师|架构师|左撇子|父亲|母亲|爸爸|妈妈|负责人|运维|初学者|新手)$|^(?!.*(?:一个|好|坏|外|本|主|什么|个|路|老|别)人).{2,6}人$/;
const THING =
  /数据库|缓存|队列|服务器|服务|网关|仓库|框架|平台|负责人|经理|客户|供应商|产品|项目|组件库|监控|环境|集群|团队|合作伙伴|设计师|测试|运维|主管|领导|组长|架构师|工具|语言|网站|域名|系统|CTO|CEO/;
const NO_NAME = /^(?:这|那|它|他|她|你|您|谁|什么|哪|今天|明天|时间|现在|以下|如下|下面)/;

const PROFILE_RULES: readonly Rule[] = [
  one(/^我(?:的(?:名字|姓名|英文名|昵称)(?:是|叫)|叫做?)(?<v>.+)/, (v) =>
    /^(?:他|她|它|你|您|了|人|不|车|外卖|个|什么|啥|醒|停|一)/.test(v) || v.length > 20
      ? undefined
      : fact('名字', 'name'),
  ),
  one(/^(?:请)?(?:你|您)?(?:可以|以后)?叫我(?<v>[^,。!]{1,10})(?:就(?:好|行|可以)了?)?[。!]?$/, (v) =>
    /^(?:去|来|做|怎么|什么|起床|回|吃)/.test(v) ? undefined : fact('称呼', 'called'),
  ),
  one(/^我(?:现在|目前|一直|就)?(?:住在|居住在|定居在?)(?<v>.+)/, (v) =>
    POINTING.test(v) || JUDGED.test(v) ? undefined : fact('住处', 'lives'),
  ),
  one(/^我(?:现在|目前|就)?在(?<v>[^,。]{2,20}?)(?:工作|上班|任职)(?!时|的时候|中|流|日|上)/, (v) =>
    POINTING.test(v) ? undefined : fact('工作单位', 'works at'),
  ),
  one(/^我(?:现在|目前)?在(?<v>[^,。]{2,20}?)(?:读书|上学|念书|读研|读博)(?!时|的时候)/, (v) =>
    POINTING.test(v) ? undefined : fact('学校', 'studies at'),
  ),
  one(/^我(?:是|当|担任)(?:一?(?:名|个|位))?(?<v>[^,。!]{1,16})/, (v) =>
    ROLE.test(v) ? { category: 'profile', subject: v } : undefined,
  ),
  one(/^我来自(?<v>.+)/, (v) => (POINTING.test(v) ? undefined : fact('来自', 'from'))),
  one(/^我(?<v>对[^,。]{1,12}过敏)/, (v) => ({ category: 'profile', subject: v })),
  one(/^我今年(?<v>\d{1,3}|[一二三四五六七八九十]{1,3})岁/, () => fact('年龄', 'age')),
  one(
    /^我有(?<v>(?:一|两|三|四|[1-9])(?:个|只|条)(?:孩子|小孩|女儿|儿子|狗|猫|弟弟|妹妹|哥哥|姐姐))/,
    (v) => ({ category: 'profile', subject: v }),
  ),
  {
    pattern:
      /^我的(?<attr>时区|生日|母语|邮箱|职业|工作|公司|团队|经理|老板|妻子|丈夫|老婆|老公|女儿|儿子|家乡|国籍|年龄|操作系统|电脑|专业)(?:是|叫)(?<v>.+)/,
    find: ({ attr = '', v = '' }) => (JUDGED.test(v) || POINTING.test(v) ? undefined : fact(attr, attr)),
  },
];

const PREFERENCE_RULES: readonly Rule[] = [
  {
    pattern:
      /^我(?:们)?(?:更|比较|最|很|非常|特别|一直|一向|通常|平时|一般|总是|还是|个人|都|也)*(?:喜欢|偏好|偏爱|倾向于?|习惯于?|爱(?=用|喝|吃|看))(?<o>.+)/,
    find: about('preferences', 'o', new RegExp(`${POINTING.source}|^了|^上了`)),
  },
  {
    pattern: /^我(?:真的|很|非常|一直|从来|最|也)*(?:不喜欢|讨厌|不爱|不习惯|受不了|反感)(?<o>.+)/,
    find: about('preferences', 'o', POINTING),
  },
  {
    pattern:
      /^我(?:总是|一直|从不|从来都?不|每次都|一般都?|通常都?|平时都?|只)(?:用|使用|写|喝|吃|提交|推送|坐|穿|读|看|运行|加)(?<o>.+)/,
    find: about('preferences', 'o', new RegExp(`${POINTING.source}|${TROUBLE.source}`)),
  },
  {
    pattern: /^我的?(?<attr>(?:默认|首选|最喜欢|常用)的?[^,。是]{1,12})是(?<o>.+)/,
    find: ({ attr = '', o = '' }) =>
      POINTING.test(o) ? undefined : { category: 'preferences', subject: attr, attribute: attr },
  },
  {
    pattern: /^(?:请|麻烦)(?:你|您)?(?:总是|始终|一直|务必|永远|每次都?|一律|都)(?<o>.+)/,
    find: about('preferences', 'o', POINTING),
  },
  {
    pattern:
      /^(?:以后|今后|从现在(?:开始|起)|往后),?(?<o>(?:请|都|不要|别|一律|总是|只|用|你|您|回答|回复|所有|每次).{2,})/,
    find: about('preferences', 'o', /^$/),
  },
  {
    pattern: /^(?:请)?(?:永远|绝对|千万|一定|从今以后)(?:都)?(?:不要|别|不能|禁止)再?(?<o>.+)/,
    find: about('preferences', 'o', POINTING),
  },
  {
    pattern: /^(?:请)?(?:不要|别)再?(?<o>(?:使用|用|写|提交|添加|加|称呼|叫我|回复|回答|输出|解释).{2,})/,
    find: ({ o = '' }) => {
      const rest = o.replace(/^(?:使用|用|写|提交|添加|加|称呼|叫我|回复|回答|输出|解释)/, '');
      return POINTING.test(rest) ? undefined : { category: 'preferences', subject: o };
    },
  },
];

const EVENT_RULES: readonly Rule[] = [
  {
    pattern:
      /^(?:我们?|团队)(?:已经|最终|最后|今天|昨天|刚刚?|一致|终于|还|上周|会上)*(?:决定|同意|选择了|选定了?|敲定了?|定了|商定|确定(?:使用|采用|了))(?!不了|权)(?<o>.+)/,
    find: about('events', 'o', POINTING),
  },
  {
    pattern: /^(?:那就|就|那我们就|我们就|咱们就)(?:用|选|采用|使用)(?<o>.+?)吧/,
    find: about('events', 'o', POINTING),
  },
  {
    pattern:
      /^我们?(?:已经|刚刚?|最近|上周|上个月|昨天|今年|去年|今天|终于)*(?<o>(?:搬到|迁移到|切换到|改用|换成|升级到|加入|入职|毕业于|发布|上线)了?.+)/,
    find: ({ o = '' }) =>
      POINTING.test(o.replace(/^(?:搬到|迁移到|切换到|改用|换成|升级到|加入|入职|毕业于|发布|上线)了?/, ''))
        ? undefined
        : { category: 'events', subject: o },
  },
  {
    pattern:
      /^我们?(?:已经|刚刚?|最近|上周|上个月|昨天|去年)*(?:把.+)?(?<o>从.+(?:迁移|切换|换|搬|升级)到了?.+)/,
    find: about('events', 'o', TROUBLE),
  },
];

const CASE_RULES: readonly Rule[] = [
  {
    pattern:
      /^(?:(?:这个|该|此|那个|这次|上次)?(?:.{0,12}(?:问题|故障|bug|错误|崩溃|超时|事故|泄漏))?的?)?(?:根本原因|根因|真正的?原因)(?:就?是|在于|为|:)(?<o>.+)/i,
    find: about('cases', 'o', UNKNOWN),
  },
  {
    pattern:
      /^(?<o>(?:这个|该|那个|这次)?.{0,12}(?:问题|故障|bug|错误|崩溃|超时|事故|泄漏)(?:最终|最后|后来|其实)?是?(?:由|因为|由于).+(?:引起|导致|造成)的?)/i,
    find: about('cases', 'o', UNKNOWN),
  },
  {
    pattern:
      /^(?<o>(?:这个|该|那个|这次)?.{0,12}(?:问题|故障|bug|错误|崩溃)(?:最终|最后|后来|已经)?是?通过.+(?:修复|解决)的?)/i,
    find: about('cases', 'o', UNKNOWN),
  },
  {
    pattern: /^(?:最终|最后|后来)?(?:我们?)?(?:最终|最后|后来)?通过(?<o>.+(?:修复|解决)了.+)/,
    find: about('cases', 'o', UNKNOWN),
  },
];

const ENTITY_RULES: readonly Rule[] = [
  {
    pattern: /^(?<x>[^,。是]{1,20})是我们的(?<y>[^,。]{2,30})/,
    find: ({ x = '', y = '' }) =>
      NO_NAME.test(x) || !THING.test(y)
        ? undefined
        : { category: 'entities', subject: x, attribute: `${x} is ${y}` },
  },
  {
    pattern: /^我们的(?<y>[^,。是叫]{2,14})(?:是|叫)(?<x>[^,。]{1,30})/,
    find: ({ x = '', y = '' }) =>
      !THING.test(y) || JUDGED.test(x) || POINTING.test(x)
        ? undefined
        : { category: 'entities', subject: y, attribute: `our ${y}` },
  },
];

const PATTERN_RULES: readonly Rule[] = [
  {
    pattern: /^每(?:次|当|逢)(?<o>.+?,?(?:我们?都?|都|就)(?:会|要|先|必须)?.{2,})/,
    find: about('patterns', 'o', TROUBLE),
  },
  {
    pattern:
      /^我们(?:总是|一直|每周[一二三四五六日]?都?|每天都?|通常都?|从不|一般都?)(?<o>(?:用|使用|写|先|在|提交|部署|发布|开|评审|合并|跑|做).+)/,
    find: about('patterns', 'o', new RegExp(`${POINTING.source}|${TROUBLE.source}`)),
  },
];

export const CHINESE: Grammar = {
  leadIn:
    /^(?:(?:另外|还有|对了|顺便(?:说一下|提一下|说)?|补充一下|其实|一般来说|通常来说|好的?|嗯|是的|谢谢|你好|您好|大家好|说明一下|注意|首先|最后|而且|但是|不过|所以|说实话|(?:昨天|今天|上周|刚才)?(?:开会|会上|讨论后?)|昨天|今天|上周)[,、。:!\s]+)+/,
  notStated:
    /\?|[吗呢么][。!.]?$|如果|假如|要是|假设|倘若|是否|是不是|会不会|要不要|能不能|不知道|不确定|可能|也许|或许|大概|似乎|好像|应该是|开玩笑|比如说|据说|听说|曾经/,
  clauseBreak: /[,;\uff0c\uff1b](?=(?:我|请|以后|不要|别|记住))/,
  remember: [
    /^(?:请|麻烦|帮我)?(?:你|您)?(?:一定要|务必|要)?(?:记住|记下|记一下|牢记|谨记)(?:一下|了)?[,:\s]*(?<inner>.+)/,
  ],
  notRemembered: /^(?:这|那|它|他|她|你|来|没有|密码|什么|怎么|谁).{0,6}$|^(?:上次|当时|那时|那天)/,
  rules: [
    ...PROFILE_RULES,
    ...PREFERENCE_RULES,
    ...EVENT_RULES,
    ...CASE_RULES,
    ...ENTITY_RULES,
    ...PATTERN_RULES,
  ],
};

function one(pattern: RegExp, find: (value: string) => Finding | undefined): Rule {
  return { pattern, find: ({ v = '' }) => find(v.trim().replace(/[。!,.]+$/, '')) };
}

function fact(subject: string, attribute: string): Finding {
  return { category: 'profile', subject, attribute };
}

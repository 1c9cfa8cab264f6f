// SPDX-License-Identifier: Apache-2.0
// How bytes are spread over the 256 values: entropy, coincidence, text; in integers, so that
// every machine finds the same.
#include "model/walk.h"

// n * log2(n), in 1/4096 bit.
static const uint32_t information_of[SPREAD_MOST + 1] = {
    0,       0,       8192,    19476,   32768,   47553,   63528,   80492,   98304,   116856,
    136066,  155868,  176208,  197041,  218329,  240039,  262144,  284618,  307440,  330591,
    354052,  377810,  401848,  426156,  450720,  475531,  500578,  525853,  551346,  577050,
    602959,  629064,  655360,  681841,  708500,  735334,  762336,  789503,  816829,  844311,
    871945,  899726,  927651,  955717,  983921,  1012258, 1040727, 1069325, 1098048, 1126895,
    1155862, 1184947, 1214148, 1243463, 1272889, 1302425, 1332068, 1361816, 1391669, 1421623,
    1451677, 1481830, 1512080, 1542425, 1572864, 1603395, 1634017, 1664729, 1695529, 1726416,
    1757388, 1788445, 1819585, 1850807, 1882110, 1913493, 1944955, 1976494, 2008111, 2039803,
    2071569, 2103410, 2135324, 2167309, 2199366, 2231494, 2263690, 2295956, 2328289, 2360690,
    2393157, 2425689, 2458287, 2490949, 2523674, 2556462, 2589313, 2622225, 2655197, 2688231,
    2721323, 2754475, 2787686, 2820954, 2854280, 2887663, 2921102, 2954596, 2988146, 3021751,
    3055409, 3089122, 3122888, 3156706, 3190577, 3224500, 3258474, 3292499, 3326574, 3360700,
    3394875, 3429099, 3463373, 3497694, 3532064, 3566482, 3600946, 3635458, 3670016, 3704620,
    3739270, 3773966, 3808707, 3843492, 3878322, 3913196, 3948114, 3983075, 4018079, 4053126,
    4088216, 4123348, 4158522, 4193737, 4228994, 4264292, 4299630, 4335009, 4370428, 4405887,
    4441386, 4476924, 4512502, 4548118, 4583773, 4619466, 4655197, 4690966, 4726773, 4762617,
    4798499, 4834417, 4870372, 4906364, 4942391, 4978455, 5014555, 5050690, 5086861, 5123066,
    5159307, 5195583, 5231893, 5268237, 5304616, 5341028, 5377474, 5413954, 5450468, 5487014,
    5523593, 5560206, 5596851, 5633528, 5670238, 5706980, 5743753, 5780559, 5817396, 5854265,
    5891164, 5928095, 5965057, 6002050, 6039073, 6076127, 6113211, 6150325, 6187469, 6224643,
    6261847, 6299080, 6336343, 6373635, 6410956, 6448306, 6485685, 6523092, 6560528, 6597993,
    6635485, 6673006, 6710555, 6748132, 6785736, 6823369, 6861028, 6898715, 6936429, 6974171,
    7011939, 7049734, 7087556, 7125404, 7163279, 7201181, 7239108, 7277062, 7315042, 7353048,
    7391079, 7429137, 7467219, 7505328, 7543461, 7581620, 7619804, 7658013, 7696247, 7734506,
    7772790, 7811098, 7849431, 7887788, 7926169, 7964575, 8003005, 8041459, 8079936, 8118438,
    8156963, 8195512, 8234085, 8272680, 8311300, 8349942, 8388608,
};

static const bool is_text[256] = {
    ['\t'] = true, ['\n'] = true, ['\r'] = true, [' ' ... '~'] = true};

void spread_add(struct spread *s, const uint8_t *p, uint32_t n)
{
    uint32_t information = 0, pairs = 0, text = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = s->count[p[i]]++;
        information += information_of[c + 1] - information_of[c];
        pairs += c;
        text += is_text[p[i]];
    }
    s->information += information;
    s->pairs += 2 * pairs;
    s->text += text;
    s->n += n;
}

static struct share share_of(const struct spread *s)
{
    if (!s->n)
        return (struct share){0};
    return (struct share){(uint8_t)(s->text * 8 / s->n), (uint8_t)(s->count[0] * 8u / s->n),
                          (uint8_t)spread_entropy(s)};
}

// The first message of a side is the beginning of what the side is known by.
void walk_spread(struct walk *w)
{
    enum { SHARED = 128 }; // bytes of a message that are told of

    for (uint32_t i = 0; i < w->g->n; i++) {
        const struct message *m = &w->g->message[i];
        struct spread *pool = &w->pool[m->side], own, *s = pool;
        uint32_t head = min_u32(m->kept, SHARED), pooled = head;
        if (pool->n) {
            memset(s = &own, 0, sizeof(own));
            pooled = 0;
        }
        spread_add(s, m->p, head);
        w->share[i] = share_of(s);
        spread_add(pool, m->p + pooled, min_u32(m->kept - pooled, SPREAD_MOST - pool->n));
    }
}

uint32_t spread_entropy(const struct spread *s)
{
    uint32_t most = information_of[s->n]; // all different: at most 256 bytes can be

    return s->n < 2 ? 0 : (most - min_u32(most, s->information)) * 8 / most;
}

uint32_t spread_coincidence(const struct spread *s)
{
    return s->n < 2 ? 0 : s->pairs * 25600 / (s->n * (s->n - 1));
}
